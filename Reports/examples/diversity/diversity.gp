# gnuplot diversity.gp   makes diversity.svg, diversity.png from diversity.csv
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
set terminal svg size 640,400 font 'Helvetica,12' background '#ffffff'
set output 'diversity.svg'
set title 'cifar10-resnet8-natural.h5 (bf9f69ac)'."\n".'cifar10, 20 images, clean, where classified correctly' noenhanced font ',9'
set xlabel 'particles K'
set ylabel 'SSE between particles that fool'
set logscale x 2
set xtics ('2' 2, '4' 4, '8' 8, '16' 16)
set offsets graph 0.08, graph 0.08, graph 0.05, 0
set yrange [0:*]
set datafile missing 'NaN'
plot 'diversity.csv' every ::1 using (strcol(1) eq 'svgd' ? $2 * 1.03**(0*2-1) : NaN):3:4 with yerrorbars linetype 1 pointtype 5 title 'SVGD', 'diversity.csv' every ::1 using (strcol(1) eq 'bss' ? $2 * 1.03**(1*2-1) : NaN):3:4 with yerrorbars linetype 2 pointtype 7 title 'BSS, random starts'
set terminal pngcairo size 1280,800 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'diversity.png'
replot
set output
