# gnuplot features-2.gp   makes features-2.svg, features-2.png from features-2.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,560 font 'Helvetica,12' background '#ffffff'
set output 'features-2.svg'
set title 'cifar10-resnet8-trades.h5 (2261a842)'."\n".'cifar10, 500 images, clean and by pgd(steps=20) within Linf 8/255, seed 0' noenhanced font ',9'
set palette maxcolors 10 defined (0 '#0072B2', 1 '#D55E00', 2 '#009E73', 3 '#CC79A7', 4 '#E69F00', 5 '#56B4E9', 6 '#882255', 7 '#999933', 8 '#000000', 9 '#AAAAAA')
set cbrange [-0.5:9.5]
unset colorbox
unset border
unset tics
unset grid
set style textbox opaque noborder fillcolor rgb '#40ffffff'
set label '0' at 31.93513410643408,-17.059985326268414 center front font ',13' textcolor rgb '#000000' boxed
set label '1' at 20.808382155113833,27.2404476265065 center front font ',13' textcolor rgb '#000000' boxed
set label '2' at -29.98462430160083,-14.83558552321002 center front font ',13' textcolor rgb '#000000' boxed
set label '3' at -25.857584510364784,7.3749651688085285 center front font ',13' textcolor rgb '#000000' boxed
set label '4' at -34.01920549774995,-5.7166317464095595 center front font ',13' textcolor rgb '#000000' boxed
set label '5' at -24.819242160599366,-1.963382245231481 center front font ',13' textcolor rgb '#000000' boxed
set label '6' at -51.27330433783087,1.3978946872983808 center front font ',13' textcolor rgb '#000000' boxed
set label '7' at -11.044784493583885,-0.8015729724786674 center front font ',13' textcolor rgb '#000000' boxed
set label '8' at 40.64422267662978,-12.399120572021127 center front font ',13' textcolor rgb '#000000' boxed
set label '9' at 34.50750231156963,11.367331256098764 center front font ',13' textcolor rgb '#000000' boxed
plot 'features-2.csv' every ::1 using (strcol(4) eq 'clean' ? $1 : NaN):2:5 with points pointtype 7 pointsize 0.44999999999999996 palette notitle, '' every ::1 using (strcol(4) eq 'adversarial' ? $1 : NaN):2:5 with points pointtype 2 pointsize 0.6 palette notitle, NaN with points pointtype 7 linecolor rgb '#000000' title 'clean', NaN with points pointtype 2 linecolor rgb '#000000' title 'adversarial'
set terminal pngcairo size 1280,1120 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'features-2.png'
replot
set output
